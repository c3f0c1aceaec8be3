// The operations of this very server. No validator: it would send the document's address to another site.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#operations",
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  docExpansion: "list",
  filter: true,
  defaultModelsExpandDepth: -1,
  deepLinking: true,
});
