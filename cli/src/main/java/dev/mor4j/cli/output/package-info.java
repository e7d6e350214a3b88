/** Text and files that commands write: statistics, progress bars, byte sizes, quoted text. */
package dev.mor4j.cli.output;
