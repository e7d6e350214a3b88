package dev.mor4j.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A process of its own for {@link OutputFileTest}: writes a file, and prints why it could not. */
final class OutputFileWriter {
  private OutputFileWriter() {}

  public static void main(String[] args) {
    Path target = Path.of(args[1]);
    switch (args[0]) {
      case "write" -> write(target, new byte[1 << 16]);
      case "write-little" -> write(target, "new".getBytes(UTF_8));
      case "create-on-exit" ->
          Runtime.getRuntime().addShutdownHook(new Thread(() -> createOnExit(target)));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void write(Path target, byte[] bytes) {
    try (OutputFile file = OutputFile.create(target)) {
      file.append(ByteBuffer.wrap(bytes));
      file.commit();
    } catch (IOException failure) {
      System.out.println(failure.getMessage());
    }
  }

  @SuppressWarnings("resource") // the process ends without closing it, as after a signal
  private static void createOnExit(Path target) {
    try {
      OutputFile.create(target);
    } catch (IOException | IllegalStateException failure) {
      System.out.println(failure.getMessage());
    }
  }
}
