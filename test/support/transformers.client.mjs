/** Loads a tokenizer and a model from a registry by transformers.js, unmodified, and runs them; prints what came of it. */
import { AutoModel, AutoTokenizer, env } from '@huggingface/transformers';

const [endpoint, cache, key] = process.argv.slice(2);
// Of itself it shows a token to huggingface.co alone.
const authorized = (url, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${key}`);
  return fetch(url, { ...init, headers });
};
Object.assign(env, { remoteHost: `${endpoint}/`, allowLocalModels: false, cacheDir: cache, fetch: authorized });

const tokenizer = await AutoTokenizer.from_pretrained('default/tiny', { revision: 'production' });
const inputs = await tokenizer('graph of models');
const model = await AutoModel.from_pretrained('default/tiny', { revision: 'v1', subfolder: '', model_file_name: 'model', dtype: 'fp32' });
const { last_hidden_state: rows } = await model(inputs);
await model.dispose();
const refusal = await AutoModel.from_pretrained('strangers/tiny').then(() => null, (error) => error.message);
process.stdout.write(JSON.stringify({ ids: [...inputs.input_ids.data].map(Number), dims: rows.dims, row: [...rows.data.slice(0, 4)], refusal }));
