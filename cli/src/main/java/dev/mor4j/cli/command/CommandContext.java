package dev.mor4j.cli.command;

import dev.mor4j.cli.terminal.StandardStreams;

/** What a subcommand gets from the {@code mor} command above it. */
public interface CommandContext {
  /** The streams to read from and print to. */
  StandardStreams streams();
}
