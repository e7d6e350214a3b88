package dev.mor4j.sampling;

/**
 * One rule of a sampler: reads the candidates for the next token and lowers, raises or excludes
 * them. The built-in rules implement this interface, and an application can add its own to a
 * request ({@code GenerationRequest.Builder.samplingRule}).
 *
 * <p>A rule that bans every token that was used in the last 20 positions:
 *
 * <pre>{@code
 * SamplingRule noRepeats =
 *     (candidates, history) -> {
 *       int first = Math.max(0, history.size() - 20);
 *       for (int i = 0; i < candidates.size(); i++) {
 *         for (int position = first; position < history.size(); position++) {
 *           if (candidates.id(i) == history.get(position)) {
 *             candidates.exclude(i);
 *           }
 *         }
 *       }
 *     };
 * GenerationRequest request =
 *     GenerationRequest.builder().prompt("The frog").samplingRule(() -> noRepeats).build();
 * }</pre>
 *
 * <p><b>Order.</b> For each token the chain applies
 *
 * <ol>
 *   <li>the logit bias,
 *   <li>the token filter,
 *   <li>the application's rules without a stage, in the order in which they were added,
 *   <li>the stages of {@link SamplingOptions#order()}; the application's rules that name a stage
 *       run right before it, even if the stage itself is switched off,
 *   <li>the draw (or the greedy pick, which replaces the stage {@link SamplingStage#TEMPERATURE} at
 *       temperature 0 and ends the chain there).
 * </ol>
 *
 * <p>With Mirostat, which replaces the stages, all of the application's rules run before the
 * temperature.
 *
 * <p><b>Threads and failures.</b> A rule is called on the engine's thread once for each generated
 * token, so all sequences of the engine wait for it: it must be fast and must not block. A rule
 * that throws, or that excludes every candidate, ends its own text with that failure and no other.
 *
 * <p><b>Determinism.</b> A rule draws nothing from the sampler's random numbers, so a request with
 * a seed stays reproducible if the rule itself depends only on its arguments and on state of its
 * own text. A rule with such state is supplied anew for each text.
 *
 * <p>Log-probabilities in the result are those of the model, before any rule.
 */
@FunctionalInterface
public interface SamplingRule {

  /**
   * Changes the candidates. At least one candidate that can be picked must remain.
   *
   * @param candidates the tokens that may come next, with their logits; valid until this returns
   * @param history the prompt and all tokens generated so far; read-only, valid until this returns
   */
  void apply(Candidates candidates, TokenHistory history);
}
