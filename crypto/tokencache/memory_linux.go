package tokencache

import "golang.org/x/sys/unix"

// reserve returns n bytes of zeros outside Go's heap, and what gives them back: the garbage collector neither counts nor moves
// them, and a core dump leaves them out. Where the system refuses, they are of the heap.
func reserve(n int) (memory []byte, release func([]byte)) {
	memory, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return make([]byte, n), func([]byte) {}
	}
	// Both are as good as the kernel can. Large pages, because a look goes anywhere in it; so it is taken by 2 MiB.
	_ = unix.Madvise(memory, unix.MADV_DONTDUMP)
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE)
	return memory, func(b []byte) { _ = unix.Munmap(b) }
}
