package dev.mor4j.natives;

import dev.mor4j.ggml.GgmlException;
import dev.mor4j.ggml.GgmlLibrary;

/** A process of its own for {@link NativeLibrariesTest}: tries to load ggml twice and says how. */
final class LoadAttempt {
  private LoadAttempt() {}

  public static void main(String[] args) {
    System.out.println(attempt());
    System.out.println(attempt());
  }

  private static String attempt() {
    try {
      return "loaded from " + GgmlLibrary.load().folder();
    } catch (GgmlException failure) {
      return String.valueOf(failure.getMessage());
    }
  }
}
