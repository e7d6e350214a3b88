package dev.mor4j.cli.batch;

import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.request.RequestId;
import java.util.Optional;

/**
 * One prompt of a file.
 *
 * @param index its place among the prompts of the file, from 0
 * @param line its line in the file, from 1
 * @param id the name that the file gives it
 * @param request the prompt with its settings
 * @param settings the settings as text, to compare with those of another run
 */
record BatchPrompt(
    int index, int line, Optional<RequestId> id, GenerationRequest request, String settings) {}
