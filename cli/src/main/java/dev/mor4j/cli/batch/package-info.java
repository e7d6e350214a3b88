/** The command {@code run --parallel}: many prompts from one file. */
package dev.mor4j.cli.batch;
