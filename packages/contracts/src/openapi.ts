export { generateOpenApi, type OpenApiOptions } from './openapi/generate-openapi.ts';
