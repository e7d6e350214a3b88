package dev.mor4j.cli.inspect;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.options.ModelOptions;
import dev.mor4j.cli.options.PromptOptions;
import dev.mor4j.cli.output.Quoted;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Model;
import dev.mor4j.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The command {@code tokenize}: shows the tokens of a text. */
@Command(
    name = "tokenize",
    description = {
      "Shows the tokens of a text.",
      "",
      "Tokens that the tokenizer adds, such as BOS, are included. Without -p and -f, the text is read from standard input.",
      ""
    })
public final class TokenizeCommand implements Callable<Integer> {
  @ParentCommand private @Nullable CommandContext root;

  @Mixin private ModelOptions modelOptions = new ModelOptions();
  @Mixin private PromptOptions promptOptions = new PromptOptions();

  @Option(
      names = "--ids",
      description = "Print only the ids, as in 1,2,3, for mor logits --tokens.")
  private boolean idsOnly;

  @Override
  public Integer call() throws IOException {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    Optional<String> given = promptOptions.text(streams);
    String text = given.isPresent() ? given.get() : PromptOptions.read(streams.in());
    try (Model model = modelOptions.load()) {
      int[] ids = model.encode(text);
      if (idsOnly) {
        String list = Arrays.stream(ids).mapToObj(String::valueOf).collect(Collectors.joining(","));
        streams.out().println(list);
      } else {
        print(model.tokenizer(), ids, streams.out());
      }
    }
    return ExitCodes.DONE;
  }

  private static void print(Tokenizer tokenizer, int[] ids, PrintWriter out) {
    for (int id : ids) {
      String text =
          tokenizer.isSpecial(id)
              ? Quoted.of(tokenizer.token(id)) + "  (special)"
              : Quoted.of(tokenizer.tokenBytes(id));
      out.printf(Locale.ROOT, "%8d  %s%n", id, text);
    }
    out.println(ids.length == 1 ? "1 token" : ids.length + " tokens");
  }
}
