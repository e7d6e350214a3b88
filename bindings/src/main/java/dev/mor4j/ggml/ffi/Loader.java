package dev.mor4j.ggml.ffi;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Loads libraries for the class loader of these bindings, so that only the bindings can look up
 * their symbols, and reads C strings.
 */
@SuppressWarnings("restricted")
public final class Loader {
  /** Limits the search for the end of a string: ggml returns names and short sentences. */
  private static final long LONGEST_STRING = 64 * 1024;

  private Loader() {}

  /**
   * {@link System#load} of an absolute path.
   *
   * @throws UnsatisfiedLinkError with the loader's message
   */
  public static void load(Path library) {
    System.load(library.toAbsolutePath().toString());
  }

  /** The text that a {@code const char *} points to; empty for NULL. */
  public static String string(MemorySegment chars) {
    return chars.equals(MemorySegment.NULL) ? "" : chars.reinterpret(LONGEST_STRING).getString(0);
  }
}
