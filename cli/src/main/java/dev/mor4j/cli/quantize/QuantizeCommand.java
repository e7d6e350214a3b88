package dev.mor4j.cli.quantize;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.options.FileTypeName;
import dev.mor4j.cli.options.OutputPath;
import dev.mor4j.cli.output.OutputCheck;
import dev.mor4j.cli.output.UnfinishedFile;
import dev.mor4j.cli.output.WorkBar;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.quantize.FileType;
import dev.mor4j.quantize.QuantizationException;
import dev.mor4j.quantize.QuantizationOptions;
import dev.mor4j.quantize.QuantizationReport;
import dev.mor4j.quantize.Quantizer;
import dev.mor4j.quantize.RecipeOptions;
import dev.mor4j.quantize.TensorTypeRule;
import dev.mor4j.quantize.WeightTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command {@code quantize}: quantizes a GGUF model. */
@Command(
    name = "quantize",
    description = {
      "Quantizes a GGUF model.",
      "",
      "The best TYPE depends on the model's embedding length (see mor inspect):",
      "  not a multiple of    Q8_0, or Q4_0 for the smallest file. K, IQ3 and IQ4_XS",
      "  256 (576 or 960)     types need rows of 256 values; other matrices are",
      "                       stored in types that are neither small nor fast.",
      "  below 1024           Q8_0, Q6_K or Q5_K_M: small models lose most quality.",
      "  1024 and more        Q4_K_M; Q5_K_M or Q6_K for higher quality.",
      "",
      "All types: Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_1, Q5_0, Q4_K_M, Q4_K_S, Q4_1, Q4_0, IQ4_NL, IQ4_XS, Q3_K_L, Q3_K_M, Q3_K_S, IQ3_M, IQ3_S, Q2_K, Q2_0, TQ2_0, TQ1_0, Q1_0; BF16, F16, F32. Only with --imatrix: IQ3_XS, IQ3_XXS, Q2_K_S, IQ2_M, IQ2_S, IQ2_XS, IQ2_XXS, IQ1_M, IQ1_S.",
      "",
      "Norms, routers and recursion encodings are never quantized. The report lists the matrices that are stored in another type, and the actual bits per weight.",
      ""
    })
public final class QuantizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "IN.gguf",
      description = "Model in F32, F16 or BF16, from mor convert or a plain Llama.")
  private Path input = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT.gguf",
      converter = OutputPath.class,
      description = "Output file; an existing file is replaced.")
  private Path output = Path.of("");

  @Parameters(
      index = "2",
      paramLabel = "TYPE",
      converter = FileTypeName.class,
      description = "Type of most matrices; some get a more precise one.")
  private FileType type = FileType.Q8_0;

  @Option(
      names = "--imatrix",
      paramLabel = "FILE",
      description =
          "Importance matrix from mor imatrix or llama.cpp. Weights with large inputs are then quantized more precisely, which matters most below four bits.")
  private @Nullable Path importances;

  @Option(
      names = "--pure",
      description = "Use the same type for all matrices, the output head included.")
  private boolean pure;

  @Option(
      names = "--output-tensor-type",
      paramLabel = "T",
      converter = TensorTypeName.class,
      description =
          "Type of the output head, or of the token embedding where that serves as the head: one of the types above without _S, _M or _L.")
  private @Nullable TensorType outputTensorType;

  @Option(
      names = "--token-embedding-type",
      paramLabel = "T",
      converter = TensorTypeName.class,
      description = "Type of the token embedding.")
  private @Nullable TensorType tokenEmbeddingType;

  @Option(
      names = "--tensor-type",
      paramLabel = "NAME=T",
      converter = Rule.class,
      description =
          "Type of all matrices whose names match NAME, a regular expression. Repeatable; the first match counts.")
  private List<TensorTypeRule> rules = new ArrayList<>();

  @Option(
      names = "--allow-requantize",
      description =
          "Also quantize matrices that are already quantized. This loses further quality.")
  private boolean allowRequantize;

  @ArgGroup private Listing listing = new Listing();

  /** What to print about each tensor. */
  private static final class Listing {
    @Option(
        names = "--dry-run",
        description = "Print the type that each tensor would get, and write nothing.")
    private boolean dryRun;

    @Option(
        names = "--errors",
        description =
            "Print the type of each tensor and the root mean square error of its values, relative to their root mean square.")
    private boolean errors;
  }

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Number of threads. Default: all cores.")
  private @Nullable Integer threads;

  @Override
  public Integer call() throws IOException {
    try {
      return quantize(options());
    } catch (QuantizationException failure) {
      throw new IOException(failure.getMessage() + flagFor(failure.reason()), failure);
    }
  }

  /** The flag that a user may want after a failure, for the end of its message. */
  private static String flagFor(QuantizationException.Reason reason) {
    return switch (reason) {
      case ALREADY_QUANTIZED -> " (--allow-requantize)";
      case NO_IMPORTANCES -> " (mor imatrix, --imatrix FILE)";
      case FILE -> "";
    };
  }

  private int quantize(QuantizationOptions options) throws IOException {
    if (listing.dryRun) {
      QuantizationReport report = Quantizer.plan(options);
      spec.commandLine().getOut().println(report.table());
      spec.commandLine().getOut().println(report.text());
      return ExitCodes.DONE;
    }
    if (listing.errors) {
      OutputCheck.requireApartFrom("the table of --errors", output, List.of(input));
    } else {
      OutputCheck.requireBinary(output, List.of(input));
    }
    QuantizationReport report;
    try (UnfinishedFile unfinished = new UnfinishedFile(output, spec.commandLine().getErr());
        WorkBar bar = WorkBar.onTerminal()) {
      report = Quantizer.quantize(options, bar);
      unfinished.finish();
    }
    if (listing.errors) {
      spec.commandLine().getOut().println(report.table());
    }
    spec.commandLine().getErr().println(report.text());
    return ExitCodes.DONE;
  }

  private QuantizationOptions options() {
    RecipeOptions recipe =
        new RecipeOptions(
            type,
            pure,
            Optional.ofNullable(outputTensorType),
            Optional.ofNullable(tokenEmbeddingType),
            rules);
    try {
      return new QuantizationOptions(
          input,
          output,
          recipe,
          Optional.ofNullable(importances),
          allowRequantize,
          threads == null ? QuantizationOptions.allCores() : threads,
          listing.errors);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), "--" + wrong.getMessage(), wrong);
    }
  }

  private static final class TensorTypeName implements ITypeConverter<TensorType> {
    @Override
    public TensorType convert(String name) {
      try {
        return WeightTypes.named(name);
      } catch (IllegalArgumentException wrong) {
        throw new TypeConversionException(wrong.getMessage());
      }
    }
  }

  private static final class Rule implements ITypeConverter<TensorTypeRule> {
    @Override
    public TensorTypeRule convert(String text) {
      int equals = text.lastIndexOf('=');
      if (equals < 1) {
        throw new TypeConversionException("expected NAME=T, found '%s'".formatted(text));
      }
      TensorType type = new TensorTypeName().convert(text.substring(equals + 1));
      try {
        return new TensorTypeRule(Pattern.compile(text.substring(0, equals)), type);
      } catch (PatternSyntaxException wrong) {
        throw new TypeConversionException(
            "expected a regular expression before =, found '%s' (%s)"
                .formatted(text.substring(0, equals), wrong.getDescription()));
      }
    }
  }
}
