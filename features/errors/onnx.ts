import { createError } from '@fastify/error'

/** Errors of models that a provider brings as an ONNX file. */
export const onnxErrors = {
  OnnxDeclarationInvalid: createError(
    'YX_FEATURES_ONNX_DECLARATION_INVALID',
    '%s, field "%s": wrong value. Rule: %s. Mend: correct this field of the ONNX declaration.',
    400,
  ),
  OnnxTooLarge: createError(
    'YX_FEATURES_ONNX_TOO_LARGE',
    '%s: the file has %s MB. Rule: a model file has at most %s MB. Mend: train a smaller model, for example with fewer or shallower trees.',
    400,
  ),
  OnnxBroken: createError(
    'YX_FEATURES_ONNX_BROKEN',
    '%s: cannot be loaded as a model (%s). Rule: a whole ONNX file that onnx.checker accepts. Mend: export or copy the model again and run onnx.checker over it.',
    400,
  ),
  OnnxExternalData: createError(
    'YX_FEATURES_ONNX_EXTERNAL_DATA',
    '%s: the model keeps numbers in another file. Rule: a model is one file, so that one hash names all of it, and it opens no other. Mend: save it in one piece, "onnx.save_model(model, path, save_as_external_data=False)".',
    400,
  ),
  OnnxOperatorRefused: createError(
    'YX_FEATURES_ONNX_OPERATOR_REFUSED',
    '%s: the model has %s. Rule: operators of the ONNX standard (ai.onnx, ai.onnx.ml) only, none of them random, no functions. Mend: export it without runtime optimisation, in inference mode, and inline functions with "onnx.inliner.inline_local_functions".',
    400,
  ),
  OnnxUnfit: createError(
    'YX_FEATURES_ONNX_UNFIT',
    '%s, %s: %s. Rule: names, types and shapes of the declaration are those of the model. Mend: correct the declaration, or export the model so that it fits.',
    400,
  ),
  OnnxFeatureAbsent: createError(
    'YX_FEATURES_ONNX_FEATURE_ABSENT',
    '%s, feature "%s": %s in the table of features. Rule: every feature that feeds the model stands there once. Mend: correct the name in the declaration, or add the feature set that makes it.',
    400,
  ),
  OnnxCellMissing: createError(
    'YX_FEATURES_ONNX_CELL_MISSING',
    '%s, feature "%s": missing for %s enterprises. Rule: the declaration says what stands for a missing cell. Mend: set "missing" to what the model was trained with, a number or NaN.',
    400,
  ),
  OnnxResultInvalid: createError(
    'YX_FEATURES_ONNX_RESULT_INVALID',
    '%s: for %s enterprises the result is %s. Rule: a numeric result times 10^decimals is a whole number of 32 bits, a categorical one the position of a category. Mend: choose fewer decimals, say with "missing" what the model knows, or correct the model.',
    400,
  ),
  OnnxRunFailed: createError(
    'YX_FEATURES_ONNX_RUN_FAILED',
    '%s: the model stopped while it computed (%s). Rule: it computes every row of its declared inputs. Mend: run it in Python over the same columns; often an input has values that training had not.',
    400,
  ),
  OnnxProcessEnded: createError(
    'YX_FEATURES_ONNX_PROCESS_ENDED',
    '%s: the process that ran the model %s. Rule: a model loads and computes within its time and memory. Mend: run onnx.checker over the file; use a smaller model; if the file is sound, report it.',
    400,
  ),
  OnnxRuntimeAbsent: createError(
    'YX_FEATURES_ONNX_RUNTIME_ABSENT',
    'ONNX Runtime cannot be loaded on this machine. Rule: an ONNX model runs with the package onnxruntime-node. Mend: "npm install" in the folder of Yinxin, on a platform that onnxruntime-node supports.',
    400,
  ),
}
