/**
 * Commands that show what is in a file, a text or a forward pass: {@code inspect}, {@code tokenize}
 * and {@code logits}.
 */
package dev.mor4j.cli.inspect;
