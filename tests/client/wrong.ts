/** Programs that do not fit the API: each line that says so must be an error. */

import { connect } from "@eerp/client";

const api = connect();
const path = { id: "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90" };

await api.GET("/api/crm/contcats"); // wrong: no such path
await api.POST("/api/crm/contacts", { body: { last_name: 7 } }); // wrong: a number, and no first name
await api.PATCH("/api/crm/contacts/{id}", {
  params: { path }, // wrong: no If-Match
  body: { phone: null },
});
const { data, error } = await api.GET("/api/crm/contacts/{id}", { params: { path } });
data.version; // wrong: there may be an error instead
if (error) error.message; // wrong: problems have a detail

const page = await api.GET("/api/crm/contacts");
if (page.data) page.data.items[0]?.last_nme; // wrong: no such field
