package dev.mor4j.cli.batch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mor4j.engine.GenerationRequest;
import java.util.Optional;

/**
 * One of many prompts.
 *
 * @param index among the prompts of its file, from 0
 * @param line of the file, from 1
 * @param id its name, text or number, if it has one
 * @param request what is to be written
 * @param options what was said of how, in one order
 */
record BatchPrompt(
    int index, int line, Optional<JsonNode> id, GenerationRequest request, String options) {}
