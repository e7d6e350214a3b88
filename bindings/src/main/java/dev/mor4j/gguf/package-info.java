/** GGUF files in pure Java: reading, checked to the last byte, and writing. */
package dev.mor4j.gguf;
