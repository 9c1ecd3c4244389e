package wire

import (
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
)

func owner(t *testing.T, c *Client, id string) *Producer {
	t.Helper()
	p, err := c.NewProducer(timeout(t, time.Minute), id, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// late sends a batch as a producer would send it whose request was on its way until now: with the identity that it has.
func (p *Producer) late(t *testing.T, topic string, n int, sequence int32, v string) error {
	t.Helper()
	raw, err := encode(batch.None, values(v))(p.as.id, p.as.epoch, sequence)
	if err != nil {
		t.Fatal(err)
	}
	at := Error{Op: "produce", Topic: topic, Partition: n}
	return p.c.retry(timeout(t, time.Minute), at, forever, func() error {
		node, err := p.c.leader(t.Context(), topic, n)
		if err != nil {
			return err
		}
		_, err = p.c.produceOnce(t.Context(), node, "", topic, n, raw)
		return err
	}, nil)
}

// TestZombieIsFenced: a late plain batch of a predecessor is refused where the new owner has written, and stands before all
// of the new owner's where it has not.
func TestZombieIsFenced(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 2, nil)
	zombie := owner(t, c, "id-"+name)
	write(t, zombie, name, 0, "zombie 0")
	write(t, zombie, name, 1, "zombie 1")
	successor := owner(t, c, "id-"+name)
	want(t, "identity", successor.as, identity{id: zombie.as.id, epoch: zombie.as.epoch + 1})
	if err := zombie.late(t, name, 0, 1, "late, before the successor"); err != nil {
		t.Errorf("where the successor has not written: %v", err)
	}
	write(t, successor, name, 0, "successor 0") // an epoch begins with sequence 0, also behind another's sequences
	write(t, successor, name, 1, "successor 1")
	write(t, successor, name, 1, "successor 1 again")
	for n := range 2 {
		err := zombie.late(t, name, n, 2-int32(n), "too late")
		if ClassOf(err) != ClassGiveUp || codeOf(err) != 47 {
			t.Errorf("where the successor has written: %v, want %s", err, ClassGiveUp)
		}
	}
	_, err := zombie.Produce(timeout(t, time.Minute), name, 0, 1, encode(batch.None, values("never")))
	if ClassOf(err) != ClassGiveUp {
		t.Errorf("the zombie writes: %v, want %s", err, ClassGiveUp)
	}
	// It does not get the id back, neither after an error nor after a long time.
	zombie.stale = true
	if _, err := zombie.Produce(timeout(t, time.Minute), name, 0, 1, encode(batch.None, values("never"))); ClassOf(err) != ClassGiveUp {
		t.Errorf("the zombie takes the id: %v, want %s", err, ClassGiveUp)
	}
	zombie.stale, zombie.taken = false, time.Now().Add(-renewAfter-time.Minute)
	if _, err := zombie.Produce(timeout(t, time.Minute), name, 0, 1, encode(batch.None, values("never"))); ClassOf(err) != ClassGiveUp {
		t.Errorf("the zombie wakes up: %v, want %s", err, ClassGiveUp)
	}
	write(t, successor, name, 0, "successor 0 again")
	want(t, "stored", stored(t, brokers, name), []string{
		"zombie 0", "late, before the successor", "successor 0", "successor 0 again",
		"zombie 1", "successor 1", "successor 1 again"})
}

// TestEpochBeginsWithZero records what renew rests on.
func TestEpochBeginsWithZero(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	p := owner(t, c, "id-"+name)
	write(t, p, name, 0, "a")
	p = owner(t, c, "id-"+name)
	raw, err := encode(batch.None, values("gap"))(p.as.id, p.as.epoch, 1)
	if err != nil {
		t.Fatal(err)
	}
	node, err := c.leader(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.produceOnce(t.Context(), node, "", name, 0, raw); codeOf(classify(Error{}, err)) != 45 {
		t.Errorf("an epoch begins with sequence 1: %v, want [45]", err)
	}
	write(t, p, name, 0, "b")
	want(t, "stored", stored(t, brokers, name), []string{"a", "b"})
}

// TestProducerIsTakenAnew: what the owner itself takes anew continues its producer id, and nothing is lost or doubled.
func TestProducerIsTakenAnew(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	p := owner(t, c, "id-"+name)
	first := p.as
	write(t, p, name, 0, "a")
	p.taken = time.Now().Add(-renewAfter - time.Minute)
	write(t, p, name, 0, "b")
	write(t, p, name, 0, "c")
	want(t, "identity", p.as, identity{id: first.id, epoch: first.epoch + 1})
	want(t, "stored", stored(t, brokers, name), []string{"a", "b", "c"})
}

// TestZombieIsForgotten shows the limits of the fencing, on brokers that forget at once: the leader an epoch, the coordinator
// a transactional id. Who asks first, as a Producer does after renewAfter, is refused all the same.
func TestZombieIsForgotten(t *testing.T) {
	brokers := kafkatest.Start(t,
		kafkatest.Config("producer.id.expiration.ms", "1000"),
		kafkatest.Config("producer.id.expiration.check.interval.ms", "200"),
		kafkatest.Config("transactional.id.expiration.ms", "1000"),
		kafkatest.Config("transaction.remove.expired.transaction.cleanup.interval.ms", "200"),
	).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	zombie := owner(t, c, "id-"+name)
	write(t, zombie, name, 0, "zombie")
	successor := owner(t, c, "id-"+name)
	want(t, "producer id", successor.as.id, zombie.as.id)
	write(t, successor, name, 0, "successor")
	if err := zombie.late(t, name, 0, 1, "too late"); ClassOf(err) != ClassGiveUp {
		t.Errorf("while the brokers remember: %v, want %s", err, ClassGiveUp)
	}
	time.Sleep(3 * time.Second)
	if err := zombie.late(t, name, 0, 1, "the leader has forgotten"); err != nil {
		t.Errorf("when the leader has forgotten: %v", err)
	}
	third := owner(t, c, "id-"+name)
	if third.as.id == successor.as.id {
		t.Error("the coordinator has not forgotten")
	}
	write(t, third, name, 0, "third")
	zombie.stale = true
	if _, err := zombie.Produce(timeout(t, time.Minute), name, 0, 1, encode(batch.None, values("never"))); ClassOf(err) != ClassGiveUp {
		t.Errorf("the zombie asks: %v, want %s", err, ClassGiveUp)
	}
	want(t, "stored", stored(t, brokers, name), []string{"zombie", "successor", "the leader has forgotten", "third"})
}

// TestZombieIsFencedByTheNextLeader: the replicas know the epochs too.
func TestZombieIsFencedByTheNextLeader(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Nodes(3))
	brokers := cluster.Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 2, nil)
	zombie := owner(t, c, "id-"+name)
	write(t, zombie, name, 0, "zombie 0")
	successor := owner(t, c, "id-"+name)
	write(t, successor, name, 0, "successor 0")
	leader, err := c.leader(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	cluster.Nodes()[leader-1].Kill()
	if err := zombie.late(t, name, 1, 0, "late, before the successor"); err != nil {
		t.Errorf("where the successor has not written: %v", err)
	}
	if err := zombie.late(t, name, 0, 1, "too late"); ClassOf(err) != ClassGiveUp {
		t.Errorf("the next leader: %v, want %s", err, ClassGiveUp)
	}
	write(t, successor, name, 0, "successor 0 again")
	write(t, successor, name, 1, "successor 1")
	want(t, "stored", stored(t, brokers, name), []string{
		"zombie 0", "successor 0", "successor 0 again", "late, before the successor", "successor 1"})
}
