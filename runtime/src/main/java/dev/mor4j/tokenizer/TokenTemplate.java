package dev.mor4j.tokenizer;

import java.util.List;

/**
 * The special tokens that a tokenizer.json's post-processor puts around a single text.
 *
 * @param before ids before the text, in order
 * @param after ids after the text, in order
 */
public record TokenTemplate(List<Integer> before, List<Integer> after) {

  public TokenTemplate {
    before = List.copyOf(before);
    after = List.copyOf(after);
  }
}
