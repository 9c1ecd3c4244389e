package tokencache

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"
)

// The memory of a Cache is left out of core dumps: the kernel's list of this process's memory says so (dd).
func TestNotInCoreDumps(t *testing.T) {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skipf("no list of memory: %v", err)
	}
	if !strings.Contains(string(maps), "VmFlags:") {
		t.Skip("the kernel's list of memory says nothing about core dumps")
	}
	c := New(1 << 20)
	defer c.Close()
	if maps, err = os.ReadFile("/proc/self/smaps"); err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("%x-", uintptr(unsafe.Pointer(&c.memory[0])))
	_, region, found := strings.Cut("\n"+string(maps), "\n"+at)
	if !found {
		t.Fatal("the memory is no region of its own")
	}
	_, flags, _ := strings.Cut(region, "VmFlags:")
	flags, _, _ = strings.Cut(flags, "\n")
	if !strings.Contains(flags+" ", " dd ") {
		t.Errorf("flags of the memory:%s", flags)
	}
}
