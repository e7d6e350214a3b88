/** Text to token ids and back. */
package dev.mor4j.tokenizer;
