#include "mor.h"

#include <stdatomic.h>
#include <stdlib.h>

void * mor_cancel_new(void) {
    atomic_int * flag = malloc(sizeof(*flag));
    if (flag != NULL) {
        atomic_init(flag, 0);
    }
    return flag;
}

void mor_cancel_free(void * flag) {
    free(flag);
}

/* Relaxed order is enough: no other memory is published through the flag. */
void mor_cancel_set(void * flag, int value) {
    atomic_store_explicit((atomic_int *) flag, value, memory_order_relaxed);
}

bool mor_cancelled(void * flag) {
    return atomic_load_explicit((atomic_int *) flag, memory_order_relaxed) != 0;
}
