package dev.mor4j.cli;

import java.util.Collection;
import java.util.stream.Collectors;

/** Finds the names that a mistyped one was probably meant to be. */
final class SimilarNames {
  /** One mistake is allowed for each group of this many letters. */
  private static final int LETTERS_PER_MISTAKE = 3;

  private SimilarNames() {}

  /** A question that lists the similar names, or nothing if there are none. */
  static String hint(String found, Collection<String> names) {
    String similar =
        names.stream().filter(name -> isSimilar(found, name)).collect(Collectors.joining(" or "));
    return similar.isEmpty() ? "" : ", did you mean " + similar + "?";
  }

  private static boolean isSimilar(String found, String name) {
    return editDistance(found, name)
        <= Math.max(1, Math.min(found.length(), name.length()) / LETTERS_PER_MISTAKE);
  }

  /** Levenshtein's distance: letters to insert, delete or replace. */
  private static int editDistance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[right.length()];
  }
}
