/* A wall clock that is moved, and a disk that is full, for a process and its children.
 *
 * $BAD_MACHINE names a file of two numbers of eight bytes: by how many seconds the wall clock is moved, and whether what
 * is below $FULL_DISK takes no more bytes.
 *
 * Preloaded (ld.so(8), LD_PRELOAD). The kernel is asked without the C library, so that an allocator may ask before that
 * is ready: under libfaketime a Redis with jemalloc does not start, since each waits for the other. Monotonic clocks
 * stay as they are, as they do when an operator sets the time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long *machine;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("BAD_MACHINE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *at = mmap(NULL, 2 * sizeof(long), PROT_READ, MAP_SHARED, file, 0);
    if (at != MAP_FAILED) machine = at;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && machine && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += machine[0];
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec at;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &at)) return -1;
    now->tv_sec = at.tv_sec;
    now->tv_usec = at.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (now) *now = at.tv_sec;
    return at.tv_sec;
}

static int is_on_full_disk(int file) {
    char link[64], path[4096];
    const char *disk = getenv("FULL_DISK");
    if (!machine || !machine[1] || !disk) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, disk, strlen(disk)) == 0;
}

ssize_t write(int file, const void *bytes, size_t number) {
    if (is_on_full_disk(file)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, file, bytes, number);
}
