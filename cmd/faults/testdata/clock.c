// A library to be loaded before all others, which has the wall clock of one process go wrong by as many seconds as stand in
// the file that CLOCK_OFFSET names, eight bytes in the machine's order. The monotonic clock, by which a process waits, stays
// right, as it does where an administrator sets a machine's clock.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset;

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("CLOCK_OFFSET");
	int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);

	if (page == MAP_FAILED)
		abort();
	close(file);
	offset = page;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	int failed = (int)syscall(SYS_clock_gettime, id, t);

	if (!failed && offset && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		t->tv_sec += *offset;
	return failed;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	int failed = (int)syscall(SYS_gettimeofday, t, zone);

	if (!failed && offset && t)
		t->tv_sec += *offset;
	return failed;
}

time_t time(time_t *t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (t)
		*t = now.tv_sec;
	return now.tv_sec;
}
