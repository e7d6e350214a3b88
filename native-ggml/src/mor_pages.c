#include "mor.h"

#if defined(__linux__)

#include <sys/mman.h>
#include <unistd.h>

bool mor_prefer_large_pages(void * begin, size_t bytes) {
    const uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);
    const uintptr_t from = ((uintptr_t) begin + page - 1) / page * page;
    const uintptr_t to = ((uintptr_t) begin + bytes) / page * page;
    return from < to && madvise((void *) from, to - from, MADV_HUGEPAGE) == 0;
}

#else

bool mor_prefer_large_pages(void * begin, size_t bytes) {
    (void) begin;
    (void) bytes;
    return false;
}

#endif
