import { createError } from '@fastify/error'

/** Errors of networks that a provider trains on its own records. */
export const neuralErrors = {
  NeuralLibraryAbsent: createError(
    'YX_FEATURES_NEURAL_LIBRARY_ABSENT',
    'TensorFlow.js cannot be loaded on this machine. Rule: training needs it, serving does not. Mend: "npm install @tensorflow/tfjs-core@4 @tensorflow/tfjs-layers@4 @tensorflow/tfjs-backend-wasm@4" in the folder of Yinxin.',
    400,
  ),
  NeuralSettingInvalid: createError(
    'YX_FEATURES_NEURAL_SETTING_INVALID',
    'Training of "%s", setting "%s": wrong value. Rule: %s. Mend: correct this setting.',
    400,
  ),
  NeuralTargetInvalid: createError(
    'YX_FEATURES_NEURAL_TARGET_INVALID',
    'Training of "%s": the target cannot be used (%s). Rule: the target is an event of the provider\'s own records that lies wholly after the day of the features. Mend: choose a later day, a shorter window or another feature for the target.',
    400,
  ),
  NeuralTargetsTooFew: createError(
    'YX_FEATURES_NEURAL_TARGETS_TOO_FEW',
    'Training of "%s": %s. Rule: enough enterprises with the event and without it, or the network learns chance. Mend: choose a target that more enterprises have, or take in more enterprises.',
    400,
  ),
  NeuralNotLearnt: createError(
    'YX_FEATURES_NEURAL_NOT_LEARNT',
    'Training of "%s": the loss is no longer a number in epoch %s. Rule: training converges. Mend: use a smaller learning rate, and look for features with extreme values.',
    400,
  ),
  NeuralModelExists: createError(
    'YX_FEATURES_NEURAL_MODEL_EXISTS',
    'The folder for the model "%s" is there already. Rule: a trained model is never written over, because it may be approved and in use. Mend: choose another name, or remove the folder.',
    400,
  ),
  NeuralModelUnfit: createError(
    'YX_FEATURES_NEURAL_MODEL_UNFIT',
    'The model folder "%s": %s. Rule: model.onnx, declaration.json and training.json are those that one training wrote. Mend: restore the folder, or train again under another name.',
    400,
  ),
}
