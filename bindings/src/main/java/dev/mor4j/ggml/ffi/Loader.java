package dev.mor4j.ggml.ffi;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Loads libraries for the class loader of these bindings, which alone can then see their symbols,
 * and reads C strings.
 */
@SuppressWarnings("restricted")
public final class Loader {
  /** C strings that ggml returns are names and short sentences. */
  private static final long LONGEST_STRING = 64 * 1024;

  private Loader() {}

  /**
   * {@link System#load} of an absolute path.
   *
   * @throws UnsatisfiedLinkError with the loader's words
   */
  public static void load(Path library) {
    System.load(library.toAbsolutePath().toString());
  }

  /** The text that a {@code const char *} points to; empty for NULL. */
  public static String string(MemorySegment chars) {
    return chars.equals(MemorySegment.NULL) ? "" : chars.reinterpret(LONGEST_STRING).getString(0);
  }
}
