package dev.mor4j.natives;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * The list that the native build writes beside its libraries: file names and SHA-256 sums in load
 * order, one library per line, after two lines with the version and the commit of ggml.
 *
 * @param sums library name to SHA-256 in hex, in load order
 * @param text the list as read
 */
record LibraryIndex(SequencedMap<String, String> sums, String text) {
  static final String FILE_NAME = "libraries.txt";

  /** Plain file names: no name may lead out of the folder. */
  private static final String NAMES = "[A-Za-z0-9][A-Za-z0-9._+-]*";

  /** Backends are loaded by ggml itself, which picks those that fit the machine. */
  private static final String BACKEND_NAMES = "(lib)?ggml-(?!base\\b).*";

  static LibraryIndex parse(String text) throws IOException {
    SequencedMap<String, String> sums = new LinkedHashMap<>();
    for (String line : text.lines().toList()) {
      if (line.isBlank() || line.startsWith("ggml ") || line.startsWith("commit ")) {
        continue;
      }
      String[] words = line.strip().split("\\s+", -1);
      if (words.length != 2 || !words[0].matches(NAMES) || !words[1].matches("[0-9a-f]{64}")) {
        throw new IOException(
            FILE_NAME + ": expected lines of a file name and its SHA-256, found: " + line);
      }
      if (sums.put(words[0], words[1]) != null) {
        throw new IOException(FILE_NAME + ": expected each library once, found twice: " + words[0]);
      }
    }
    if (sums.isEmpty()) {
      throw new IOException(FILE_NAME + ": expected at least one library, found none");
    }
    return new LibraryIndex(Collections.unmodifiableSequencedMap(sums), text);
  }

  /** SHA-256 of the list itself in hex, which identifies the content of all libraries. */
  String digest() {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The SHA-256 of a library of this list. */
  String sum(String name) {
    return Objects.requireNonNull(sums.get(name), name);
  }

  /** The libraries that Java loads, dependencies first. */
  List<String> linkedNames() {
    return sums.keySet().stream().filter(name -> !name.matches(BACKEND_NAMES)).toList();
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}
