/** The typed, checked face of ggml. */
package dev.mor4j.ggml;
