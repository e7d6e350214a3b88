package dev.mor4j.tokenizer;

import java.util.Arrays;

/** A growing list of ints. */
final class IntList {

  private int[] values = new int[16];
  private int size;

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  void addAll(int[] added) {
    if (size + added.length > values.length) {
      values = Arrays.copyOf(values, Math.max(2 * values.length, size + added.length));
    }
    System.arraycopy(added, 0, values, size, added.length);
    size += added.length;
  }

  int get(int index) {
    return values[index];
  }

  void set(int index, int value) {
    values[index] = value;
  }

  int size() {
    return size;
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
