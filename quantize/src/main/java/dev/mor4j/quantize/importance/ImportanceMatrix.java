package dev.mor4j.quantize.importance;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Importances of a model's matrices.
 *
 * @param datasets the texts, as they were named
 * @param chunkCount windows that were read
 * @param chunkSize tokens of a window
 * @param entries by tensor name; beside the entry of a tensor that all steps of a shared block use,
 *     one for each step that tokens took, named as the step's own tensor would be
 */
public record ImportanceMatrix(
    List<String> datasets, long chunkCount, long chunkSize, SortedMap<String, Importance> entries) {

  public ImportanceMatrix {
    datasets = List.copyOf(datasets);
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
  }

  /** With entries in any order. */
  public static ImportanceMatrix of(
      List<String> datasets, long chunkCount, long chunkSize, Map<String, Importance> entries) {
    return new ImportanceMatrix(datasets, chunkCount, chunkSize, new TreeMap<>(entries));
  }
}
