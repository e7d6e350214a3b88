package dev.mor4j.cli.options;

import dev.mor4j.cli.command.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags that bring a text. */
public final class PromptOptions {
  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description = "The text itself.")
  private @Nullable String text;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description =
          "A file with the text, in UTF-8. CRLF line ends are read as LF; a line end at the very end is left out.")
  private @Nullable Path file;

  /** The text that a flag brings; empty if none of them was given. */
  public Optional<String> text() throws IOException {
    if (text != null && file != null) {
      throw new UsageException("-p and -f: expected one of them, found both");
    }
    if (file == null) {
      return Optional.ofNullable(text);
    }
    return Optional.of(read(file));
  }

  /** The file with many prompts. */
  public Path promptFile() {
    if (file == null || text != null) {
      throw new UsageException(
          "--parallel: expected -f FILE with the prompts, found " + (text == null ? "none" : "-p"));
    }
    return file;
  }

  /** Reads a text file, as {@link TextBytes} decodes it. */
  public static String read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "expected a file, found a folder");
    }
    return TextBytes.decode(file.toString(), Files.readAllBytes(file));
  }

  /** Reads a whole input as text, as {@link TextBytes} decodes it. */
  public static String read(InputStream input) throws IOException {
    return TextBytes.decode("standard input", input.readAllBytes());
  }
}
