package dev.mor4j.cli.options;

import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.files.InputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags for a text. */
public final class PromptOptions {
  private static final Path STANDARD_INPUT = Path.of("-");

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description = "The text.")
  private @Nullable String text;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description =
          "Text file, UTF-8; - reads standard input. CRLF line ends are read as LF, and one line end at the end of the file is dropped.")
  private @Nullable Path file;

  /** The text that the flags name, or empty if neither was given. */
  public Optional<String> text(StandardStreams streams) throws IOException {
    if (text != null && file != null) {
      throw new UsageException("-p and -f: expected one of them, found both");
    }
    if (file == null) {
      return Optional.ofNullable(text);
    }
    return Optional.of(read(file, streams));
  }

  /** The file with the prompts of a batch. */
  public Path promptFile() {
    if (file == null || text != null) {
      throw new UsageException(
          "--parallel: expected -f FILE with the prompts, found " + (text == null ? "none" : "-p"));
    }
    return file;
  }

  /** Reads a text file, or standard input for {@code -}. */
  public static String read(Path file, StandardStreams streams) throws IOException {
    return file.equals(STANDARD_INPUT) ? read(streams.in()) : read(file);
  }

  /** Reads a text file, as {@link TextBytes} decodes it. */
  public static String read(Path file) throws IOException {
    return TextBytes.decode(file.toString(), InputFile.readAll(file, InputFile.MAX_TEXT_BYTES));
  }

  /** Reads a whole input as text, as {@link TextBytes} decodes it. */
  public static String read(InputStream input) throws IOException {
    String name = "standard input";
    return TextBytes.decode(name, InputFile.readAll(name, input, InputFile.MAX_TEXT_BYTES));
  }
}
