package dev.mor4j.quantize.importance;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The importance matrix of a model: input statistics of its weight matrices.
 *
 * @param datasets names of the texts
 * @param chunkCount number of windows evaluated
 * @param chunkSize tokens per window
 * @param entries by tensor name; a tensor that recursion steps share has an entry for all steps,
 *     and one for each step that tokens took, under the name that the step's own tensor would have
 */
public record ImportanceMatrix(
    List<String> datasets, long chunkCount, long chunkSize, SortedMap<String, Importance> entries) {

  public ImportanceMatrix {
    datasets = List.copyOf(datasets);
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
  }

  /** Creates a matrix from entries in any order. */
  public static ImportanceMatrix of(
      List<String> datasets, long chunkCount, long chunkSize, Map<String, Importance> entries) {
    return new ImportanceMatrix(datasets, chunkCount, chunkSize, new TreeMap<>(entries));
  }
}
