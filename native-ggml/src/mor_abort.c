#include "mor.h"

#include <stdio.h>

/* Called by ggml_abort, which ends the process when this returns. */
static void print_reason(const char * message) {
    fputs("mor4j: ggml stopped the process: ", stderr);
    for (const char * c = message; *c != '\0'; c++) {
        fputc(*c == '\n' ? ' ' : *c, stderr);
    }
    fputc('\n', stderr);
    fflush(stderr);
}

void mor_abort_report(void) {
    ggml_set_abort_callback(print_reason);
}
