import { z } from 'zod';
import { secrets } from './fields';
import { schema } from './schema';

/** The part of JSON Schema that the settings use. */
export interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  propertyNames?: JsonSchema;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  [keyword: string]: unknown;
}

const encrypted: JsonSchema = {
  type: 'object',
  properties: { secure: { type: 'string', description: 'Written by `pulumi config set --secret`.' } },
  required: ['secure'],
  additionalProperties: false,
};

/** What the settings of a stack may be, by area; a declared secret is `{ secure: … }`. */
export function areas(): Required<Pick<JsonSchema, 'properties' | 'required'>> {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      rewriteSecret(zodSchema, jsonSchema as JsonSchema);
      // That a group may be left out is said by its not being required.
      if (jsonSchema.properties) delete jsonSchema.default;
    },
  }) as JsonSchema;
  return { properties, required };
}

/** The JSON Schema of a whole `Pulumi.<stack>.yaml`, for editors. */
export function stackFileSchema(): JsonSchema {
  const { properties, required } = areas();
  const named = (area: string): string => `platform:${area}`;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Settings of one stack of the platform',
    type: 'object',
    properties: {
      config: {
        type: 'object',
        properties: Object.fromEntries(Object.entries(properties).map(([area, of]) => [named(area), of])),
        // Configuration of Pulumi itself and of providers has keys of other namespaces.
        patternProperties: { '^(?!platform:)[^:]+:.+$': {} },
        required: required.map(named),
        additionalProperties: false,
      },
      environment: { description: 'Pulumi ESC environments to import.' },
      secretsprovider: { type: 'string', description: 'Who encrypts the secrets of this stack.' },
      encryptionsalt: { type: 'string', description: 'Salt of the passphrase; not secret.' },
      encryptedkey: { type: 'string', description: 'Data key, encrypted by the secrets provider.' },
    },
    required: ['config'],
    additionalProperties: false,
  };
}

/** Whether this is a declared secret. */
export function isSecret({ properties, anyOf }: JsonSchema): boolean {
  return [{ properties }, ...(anyOf ?? [])].some((option) => option.properties?.secure !== undefined);
}

function rewriteSecret(type: z.core.$ZodType, json: JsonSchema): void {
  const meta = secrets.get(type);
  if (!meta) return;
  const { description, ...text } = json;
  for (const keyword of Object.keys(text)) Reflect.deleteProperty(json, keyword);
  const sometimes = !meta.holds('a path');
  Object.assign(json, { description }, sometimes ? { anyOf: [text, encrypted] } : encrypted);
}
