/** The commands {@code quantize} and {@code imatrix}. */
package dev.mor4j.cli.quantize;
