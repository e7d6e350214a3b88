#include "mor.h"

#include <string.h>

#if defined(_WIN32)
#    include <windows.h>
static SRWLOCK mutex = SRWLOCK_INIT;
static void lock(void) {
    AcquireSRWLockExclusive(&mutex);
}
static void unlock(void) {
    ReleaseSRWLockExclusive(&mutex);
}
#else
#    include <pthread.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void lock(void) {
    pthread_mutex_lock(&mutex);
}
static void unlock(void) {
    pthread_mutex_unlock(&mutex);
}
#endif

/* ggml has one log callback per process, so there is one log per process here too. Guarded by mutex. */
static char ring[MOR_LOG_CAPACITY];
static size_t start; /* index of the oldest byte */
static size_t length; /* bytes kept */
static int min_kept_level;
static bool last_was_kept; /* whether continuations are kept */

static void drop(size_t count) {
    start = (start + count) % MOR_LOG_CAPACITY;
    length -= count;
}

/* Drops the oldest lines until count more bytes fit. */
static void make_room(size_t count) {
    while (MOR_LOG_CAPACITY - length < count) {
        size_t line = 1;
        while (line < length && ring[(start + line - 1) % MOR_LOG_CAPACITY] != '\n') {
            line++;
        }
        drop(line);
    }
}

static void append(const char * text, size_t count) {
    const size_t end = (start + length) % MOR_LOG_CAPACITY;
    const size_t straight = count < MOR_LOG_CAPACITY - end ? count : MOR_LOG_CAPACITY - end;
    memcpy(ring + end, text, straight);
    memcpy(ring, text + straight, count - straight);
    length += count;
}

static void keep(enum ggml_log_level level, const char * text, void * user_data) {
    (void) user_data;
    size_t count = strlen(text);
    if (count > MOR_LOG_CAPACITY) {
        text += count - MOR_LOG_CAPACITY;
        count = MOR_LOG_CAPACITY;
    }
    lock();
    if (level != GGML_LOG_LEVEL_CONT) {
        last_was_kept = (int) level >= min_kept_level;
    }
    if (last_was_kept) {
        make_room(count);
        append(text, count);
    }
    unlock();
}

void mor_log_capture(int min_level) {
    lock();
    min_kept_level = min_level;
    unlock();
    ggml_log_set(keep, NULL);
}

size_t mor_log_drain(char * dst, size_t capacity) {
    lock();
    const size_t count = capacity < length ? capacity : length;
    const size_t straight = count < MOR_LOG_CAPACITY - start ? count : MOR_LOG_CAPACITY - start;
    if (count > 0) {
        memcpy(dst, ring + start, straight);
        memcpy(dst + straight, ring, count - straight);
        drop(count);
    }
    unlock();
    return count;
}
