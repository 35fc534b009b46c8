/* Shifts what a process takes for the time of day, without touching the machine's clock.
 *
 * Preloaded into the processes of a soak. The shift, in seconds, is the 64-bit number in the file that
 * SHIFTED_CLOCK names; the file is mapped, so that writing another number moves the clock of running
 * processes at once. Clocks that only measure time passing are left alone, as on a machine whose clock is set.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("SHIFTED_CLOCK");
    if (name == NULL) return;
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) shift = mapped;
}

static int64_t seconds(void) { return shift == NULL ? 0 : *shift; }

#define NEXT(name) static typeof(&name) next; if (next == NULL) next = (typeof(&name))dlsym(RTLD_NEXT, #name)

int clock_gettime(clockid_t clock, struct timespec *at) {
    NEXT(clock_gettime);
    int failed = next(clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += seconds();
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    NEXT(gettimeofday);
    int failed = next(at, zone);
    if (!failed) at->tv_sec += seconds();
    return failed;
}

time_t time(time_t *out) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (out != NULL) *out = at.tv_sec;
    return at.tv_sec;
}

/* A deadline by the time of day must be told to the kernel by the machine's own clock. */
static struct timespec unshifted(const struct timespec *deadline) {
    struct timespec own = *deadline;
    if (own.tv_sec > 1000000000) own.tv_sec -= seconds();
    return own;
}

int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m, const struct timespec *restrict t) {
    NEXT(pthread_cond_timedwait);
    struct timespec own = unshifted(t);
    return next(c, m, &own);
}

int sem_timedwait(sem_t *restrict s, const struct timespec *restrict t) {
    NEXT(sem_timedwait);
    struct timespec own = unshifted(t);
    return next(s, &own);
}
