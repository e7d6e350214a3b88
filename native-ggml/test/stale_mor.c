/*
 * Stands in for the library mor of another version: what the Java side calls before it has compared the versions. Built
 * with STALE_ABI as another ABI version, with STALE_COMMIT as another commit of ggml, and with neither, as libraries
 * were before they had an ABI version. Java has to refuse all three.
 */
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

#ifndef STALE_COMMIT
#    define STALE_COMMIT "unknown"
#endif

EXPORT const char * mor_ggml_commit(void);
EXPORT void mor_log_capture(int min_level);
EXPORT size_t mor_log_drain(char * dst, size_t capacity);

const char * mor_ggml_commit(void) {
    return STALE_COMMIT;
}

void mor_log_capture(int min_level) {
    (void) min_level;
}

size_t mor_log_drain(char * dst, size_t capacity) {
    (void) dst, (void) capacity;
    return 0;
}

#ifdef STALE_ABI
EXPORT int mor_abi_version(void);
int mor_abi_version(void) {
    return STALE_ABI;
}
#endif
