package dev.mor4j.cli.embed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.FlagNames;
import dev.mor4j.engine.Embedding;
import dev.mor4j.engine.EmbeddingRequest;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.model.InvalidConfigException;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Computes embeddings of many texts at the same time and prints them in order. */
final class EmbedRun {
  /** Submitted requests per running sequence, so that one that ends is replaced at once. */
  private static final int REQUESTS_PER_PLACE = 2;

  private final Engine engine;
  private final EmbeddingRequest.Builder request;
  private final PrintWriter out;
  private final Queue<Pending> pending = new ArrayDeque<>();

  /**
   * One text.
   *
   * @param number its line in the input, from 1
   */
  record Line(int number, String text) {}

  private record Pending(
      Line line, EmbeddingRequest request, CompletableFuture<Embedding> outcome) {}

  /**
   * Creates a run.
   *
   * @param request everything except the text
   */
  EmbedRun(Engine engine, EmbeddingRequest.Builder request, PrintWriter out) {
    this.engine = engine;
    this.request = request;
    this.out = out;
  }

  /** Maximum number of requests that are submitted at the same time. */
  static int mostRequests(int parallel) {
    return Math.multiplyExact(Math.max(1, parallel), REQUESTS_PER_PLACE);
  }

  /**
   * The lines of an input that are not blank.
   *
   * @throws UsageException if there are none
   */
  static List<Line> lines(String input) {
    String[] texts = input.split("\n", -1);
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      if (!texts[i].isBlank()) {
        lines.add(new Line(i + 1, texts[i]));
      }
    }
    if (lines.isEmpty()) {
      throw new UsageException("expected a text on each line, found none");
    }
    return lines;
  }

  /**
   * Prints the embeddings of all lines; returns false if the engine was closed before.
   *
   * @throws UsageException naming a line that is too long
   */
  boolean print(List<Line> lines) {
    int index = 0;
    try {
      for (Line line : lines) {
        if (pending.size() == mostRequests(engine.parallel())) {
          printNext(index++);
        }
        pending.add(begin(line));
      }
      while (!pending.isEmpty()) {
        printNext(index++);
      }
      return true;
    } catch (IllegalStateException engineClosed) {
      return false;
    } finally {
      pending.forEach(each -> each.outcome().cancel(true));
    }
  }

  private Pending begin(Line line) {
    EmbeddingRequest wanted = request.text(line.text()).build();
    try {
      return new Pending(line, wanted, engine.embed(wanted));
    } catch (InvalidConfigException mistake) {
      throw new UsageException(
          "line %s: %s"
              .formatted(line.number(), FlagNames.addTo(FailureText.line(mistake), "-c"::equals)));
    }
  }

  private void printNext(int index) {
    Pending next = pending.remove();
    try {
      out.println(json(index, next, next.outcome().join()));
      out.flush();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof EngineException cause ? cause : failure;
    }
  }

  private static ObjectNode json(int index, Pending done, Embedding embedding) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("index", index);
    json.put("text", done.line().text());
    json.put("tokens", embedding.depths().length);
    json.put("mean_depth", embedding.meanDepth());
    ArrayNode depths = json.putArray("depths");
    for (int depth : embedding.depths()) {
      depths.add(depth);
    }
    json.set(
        "embedding",
        switch (done.request().pooling()) {
          case NONE -> vectors(embedding);
          case MEAN, LAST -> vector(embedding, 0);
        });
    return json;
  }

  private static ArrayNode vectors(Embedding embedding) {
    ArrayNode vectors = JsonNodeFactory.instance.arrayNode();
    for (int index = 0; index < embedding.vectorCount(); index++) {
      vectors.add(vector(embedding, index));
    }
    return vectors;
  }

  private static ArrayNode vector(Embedding embedding, int index) {
    ArrayNode values = JsonNodeFactory.instance.arrayNode();
    for (float value : embedding.vector(index)) {
      values.add(value);
    }
    return values;
  }
}
