#define _POSIX_C_SOURCE 200112L /* unsetenv */
#include "mor.h"

#include <stdlib.h>

void mor_ignore_backend_path(void) {
#if defined(_WIN32)
    _putenv_s("GGML_BACKEND_PATH", "");
#else
    unsetenv("GGML_BACKEND_PATH");
#endif
}
