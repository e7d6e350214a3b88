package dev.mor4j.examples;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Answers several prompts at once: a virtual thread for each, and one engine for all. */
public final class ParallelPrompts {
  private static final List<String> PROMPTS =
      List.of(
          "Once upon a time",
          "The little frog",
          "On a cold winter morning,",
          "\"Where are you?\" said Mia.",
          "There was an old boat");

  /** What became of a prompt. */
  private record Answer(String prompt, String text, GenerationStatistics statistics) {}

  private ParallelPrompts() {}

  /**
   * Prints an answer to each prompt.
   *
   * @param args a model file, and prompts if the usual ones will not do
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 0) {
      System.err.println("usage: parallel-prompts MODEL.gguf [PROMPT...]");
      System.exit(2);
    }
    List<String> prompts = args.length == 1 ? PROMPTS : List.of(args).subList(1, args.length);

    // Closed from the last to the first: threads, engine, model.
    try (Model model = Model.load(Path.of(args[0]));
        Engine engine = Engine.builder(model).contextSize(256).parallel(4).build();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers =
          prompts.stream().map(prompt -> threads.submit(() -> answer(engine, prompt))).toList();
      for (Future<Answer> answer : answers) {
        print(answer);
      }
      EngineMetrics metrics = engine.metrics();
      System.out.printf(
          "%d tokens, %.1f rows in each run of the shared block%n",
          metrics.generatedTokens(), metrics.meanBatchRows());
    }
  }

  /** Runs on a virtual thread, which waits for tokens without holding a platform thread. */
  private static Answer answer(Engine engine, String prompt) {
    GenerationRequest request =
        GenerationRequest.builder().prompt(prompt).maxTokens(40).temperature(0.8f).seed(1).build();
    StringBuilder text = new StringBuilder();
    try (TokenStream stream = engine.generate(request)) {
      for (Token token : stream) {
        text.append(token.text());
      }
      return new Answer(prompt, text.toString(), stream.statistics());
    }
  }

  /** One bad prompt ends nothing but its own answer. */
  private static void print(Future<Answer> future) throws InterruptedException {
    try {
      Answer answer = future.get();
      GenerationStatistics statistics = answer.statistics();
      System.out.printf(
          "%s%s%n[%d tokens, mean depth %.2f of %d]%n%n",
          answer.prompt(),
          answer.text(),
          statistics.generatedTokens(),
          statistics.meanDepth(),
          statistics.depthCounts().size() - 1);
    } catch (ExecutionException failure) {
      System.out.printf("no answer: %s%n%n", failure.getCause().getMessage());
    }
  }
}
