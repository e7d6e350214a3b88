package dev.mor4j.ggml;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Loads the native libraries in a process of its own and prints the result: the devices and the
 * problems with backends, or the reason why the libraries were refused.
 */
final class LibraryReport {
  private LibraryReport() {}

  public static void main(String[] args) {
    try {
      GgmlLibrary library = GgmlLibrary.load();
      Device.all().forEach(device -> System.out.println("device " + device.name()));
      library.backendProblems().forEach(problem -> System.out.println("problem " + problem));
    } catch (GgmlException refused) {
      System.out.println("refused " + refused.getMessage());
    }
  }

  /** What a process with these system properties and environment variables prints, by lines. */
  static List<String> of(List<String> properties, Map<String, String> environment)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(properties);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(LibraryReport.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw new AssertionError("the process ended with status " + status + ": " + output);
    }
    return output.lines().toList();
  }
}
