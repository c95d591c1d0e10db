-- The companies that a user may act in. The one in eerp.users is the default of these.
CREATE TABLE eerp.user_companies (
    user_id     uuid NOT NULL REFERENCES eerp.users ON DELETE CASCADE,
    company_id  uuid NOT NULL,
    PRIMARY KEY (user_id, company_id)
);
INSERT INTO eerp.user_companies (user_id, company_id)
SELECT id, company_id FROM eerp.users WHERE company_id IS NOT NULL;
ALTER TABLE eerp.users ADD CONSTRAINT users_company_fkey
    FOREIGN KEY (id, company_id) REFERENCES eerp.user_companies (user_id, company_id)
    ON DELETE SET NULL (company_id);
