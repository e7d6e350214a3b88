/**
 * Reads and writes GGUF files in pure Java. Everything in a file is checked before it is used;
 * {@link dev.mor4j.gguf.Printable} makes text of a file safe to print.
 */
package dev.mor4j.gguf;
