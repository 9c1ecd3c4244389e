package faults

import (
	"bufio"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// echo is a server that sends every line back, and the link to it.
func echo(t *testing.T) (*link, chan string) {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	heard := make(chan string, 100)
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close() //nolint:errcheck // it is over anyway
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					heard <- lines.Text()
					if _, err := io.WriteString(conn, lines.Text()+"\n"); err != nil {
						return
					}
				}
			}()
		}
	}()
	l := newLink(t)
	l.to(server.Addr().String())
	return l, heard
}

func dial(t *testing.T, l *link) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask sends a line and waits for its echo.
func ask(conn net.Conn, line string, bound time.Duration) error {
	if err := conn.SetDeadline(time.Now().Add(bound)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		return err
	}
	got := make([]byte, len(line)+1)
	_, err := io.ReadFull(conn, got)
	return err
}

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func TestLinkCut(t *testing.T) {
	l, _ := echo(t)
	old := dial(t, l)
	if err := ask(old, "well", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	l.Cut()
	if err := ask(old, "cut", 5*time.Second); err == nil || timedOut(err) {
		t.Errorf("an old connection after the cut: %v, want a reset", err)
	}
	fresh, err := net.Dial("tcp", l.address()) // which may hear of the reset already
	if err == nil {
		err = ask(fresh, "cut", 5*time.Second)
		_ = fresh.Close()
	}
	if err == nil || timedOut(err) {
		t.Errorf("a new connection after the cut: %v, want a reset", err)
	}
	l.Heal(false)
	if err := ask(dial(t, l), "well", 5*time.Second); err != nil {
		t.Errorf("healed: %v", err)
	}
}

func TestLinkHold(t *testing.T) {
	for _, forget := range []bool{false, true} {
		l, heard := echo(t)
		old := dial(t, l)
		if err := ask(old, "well", 5*time.Second); err != nil {
			t.Fatal(err)
		}
		<-heard
		l.Hold()
		if err := ask(old, "late", 200*time.Millisecond); !timedOut(err) {
			t.Errorf("an old connection that is held: %v, want no answer", err)
		}
		if err := ask(dial(t, l), "new", 200*time.Millisecond); !timedOut(err) {
			t.Errorf("a new connection that is held: %v, want no answer", err)
		}
		if len(heard) > 0 {
			t.Errorf("the server heard %q", <-heard)
		}
		_ = old.Close() // its process is gone; what it sent is on its way
		l.Heal(forget)
		bound := 5 * time.Second
		if forget {
			bound = 500 * time.Millisecond // it never comes
		}
		arrived := false
		for wait := time.After(bound); !arrived; {
			select {
			case line := <-heard:
				arrived = line == "late"
				continue
			case <-wait:
			}
			break
		}
		if arrived == forget {
			t.Errorf("forget %v: that the late line arrived is %v", forget, arrived)
		}
		if err := ask(dial(t, l), "well", 5*time.Second); err != nil {
			t.Errorf("healed: %v", err)
		}
	}
}

func TestLinkDelay(t *testing.T) {
	l, _ := echo(t)
	conn := dial(t, l)
	l.Delay(150 * time.Millisecond)
	begin := time.Now()
	if err := ask(conn, "slow", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 300*time.Millisecond {
		t.Errorf("there and back in %s, want 300 ms at least", took)
	}
	l.Heal(false)
	begin = time.Now()
	if err := ask(conn, "fast", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 150*time.Millisecond {
		t.Logf("healed: there and back in %s", took)
	}
}
