package dev.mor4j.cli.options;

import dev.mor4j.cli.command.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
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
      description = "A file with the text, UTF-8; a line break at its very end is left out.")
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

  /** A file's text; a line break at its very end is left out. */
  public static String read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "expected a file, found a folder");
    }
    return decode(file.toString(), Files.readAllBytes(file));
  }

  /** The whole input as a text. */
  public static String read(InputStream input) throws IOException {
    return decode("standard input", input.readAllBytes());
  }

  private static String decode(String source, byte[] bytes) throws FileSystemException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer unread = ByteBuffer.wrap(bytes);
    try {
      return decoder.decode(unread).toString().replaceFirst("\\R\\z", "");
    } catch (CharacterCodingException malformed) {
      throw new FileSystemException(
          source,
          null,
          "expected text in UTF-8, found none at byte %d".formatted(unread.position()));
    }
  }
}
