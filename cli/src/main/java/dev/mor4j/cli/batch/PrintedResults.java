package dev.mor4j.cli.batch;

import dev.mor4j.cli.output.Quoted;
import java.io.PrintWriter;

/** Prints results as text or as JSON lines, without delay. */
public final class PrintedResults implements BatchSink {
  private final PrintWriter out;
  private final Style style;

  /**
   * The format of printed results.
   *
   * @param isJson whether each result is a JSON line
   * @param showsPrompt whether a text includes its prompt
   * @param promptCount number of prompts in the batch
   */
  public record Style(boolean isJson, boolean showsPrompt, int promptCount) {
    /** The same, but as JSON lines. */
    Style asJson() {
      return new Style(true, showsPrompt, promptCount);
    }
  }

  PrintedResults(PrintWriter out, Style style) {
    this.out = out;
    this.style = style;
  }

  @Override
  public void write(BatchResult result) {
    if (style.isJson()) {
      out.println(JsonResult.line(result));
    } else {
      print(result);
    }
    out.flush();
  }

  private void print(BatchResult result) {
    BatchPrompt prompt = result.prompt();
    String id = prompt.id().map(each -> ", " + Quoted.of(each.toString())).orElse("");
    out.printf("=== %s of %s%s ===%n", prompt.index() + 1, style.promptCount(), id);
    if (style.showsPrompt()) {
      out.print(prompt.request().prompt());
    }
    switch (result) {
      case BatchResult.Answered answer -> out.println(answer.text());
      case BatchResult.Failed failure -> out.printf("%n(no answer: %s)%n", failure.reason());
    }
    out.println();
  }
}
