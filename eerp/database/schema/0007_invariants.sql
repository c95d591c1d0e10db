-- What holds for every module's tables, kept by PostgreSQL.

-- Whoever refers to a record with ON DELETE CASCADE is deleted and restored with it.
-- The children are found by the foreign keys on (column, alive), whose triggers are on
-- this table. What was deleted before stays so when the parent comes back: its
-- deleted_at is another.
CREATE FUNCTION eerp.follow_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    child record;
    touched text;
BEGIN
    FOR child IN
        SELECT DISTINCT format('%I.%I', n.nspname, r.relname) AS name,
               a.attname AS reference,
               EXISTS (SELECT FROM pg_attribute v WHERE v.attrelid = r.oid
                          AND v.attname = 'version' AND NOT v.attisdropped) AS counted
          FROM pg_trigger t
          JOIN pg_constraint c ON c.oid = t.tgconstraint
          JOIN pg_class r ON r.oid = c.conrelid
          JOIN pg_namespace n ON n.oid = r.relnamespace
          JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.conkey[1]
         WHERE t.tgrelid = TG_RELID AND c.confrelid = TG_RELID AND c.contype = 'f'
           AND c.confdeltype = 'c' AND cardinality(c.conkey) = 2
         ORDER BY 1, 2
    LOOP
        touched := CASE WHEN child.counted THEN
            ', version = version + 1, updated_at = now(), updated_by = $3' ELSE '' END;
        IF NEW.deleted_at IS NOT NULL THEN
            EXECUTE format('UPDATE %s SET deleted_at = $2%s WHERE %I = $1 AND alive',
                           child.name, touched, child.reference)
              USING NEW.id, NEW.deleted_at, NEW.updated_by;
        ELSE
            EXECUTE format('UPDATE %s SET deleted_at = NULL%s'
                           ' WHERE %I = $1 AND deleted_at = $2',
                           child.name, touched, child.reference)
              USING NEW.id, OLD.deleted_at, NEW.updated_by;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- A balance: lines changed, so their entries are written. The argument is the UPDATE.
CREATE FUNCTION eerp.touch_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE TG_ARGV[0];
    RETURN NULL;
END
$$;

CREATE FUNCTION eerp.refuse_unbalanced(
    lines_schema text, lines_table text, rule text, "group" text, unbalanced boolean
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF unbalanced THEN
        RAISE EXCEPTION 'amounts do not add up to zero' USING ERRCODE = 'ERBAL',
            SCHEMA = lines_schema, TABLE = lines_table, CONSTRAINT = rule,
            COLUMN = "group";
    END IF;
END
$$;

-- An entry was written in the transaction that ends now. The arguments are those above,
-- and the question whether the amounts of an entry's lines do not add up to zero.
CREATE FUNCTION eerp.check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unbalanced boolean;
BEGIN
    EXECUTE TG_ARGV[4] INTO unbalanced USING NEW.id;
    PERFORM eerp.refuse_unbalanced(
        TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3], unbalanced);
    RETURN NULL;
END
$$;

-- Tables that were made before there was `alive` get what others are made with. Where
-- a live record refers to a deleted one already, the rule holds for what is written
-- from now on: the constraint stays NOT VALID.
DO $$
DECLARE
    made record;
    constraint_name text;
BEGIN
    FOR made IN
        SELECT n.nspname AS schema, c.relname AS table
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r'
           AND n.nspname IN (SELECT module FROM eerp.module_migrations)
           AND NOT EXISTS (SELECT FROM pg_attribute a
                            WHERE a.attrelid = c.oid AND a.attname = 'alive')
    LOOP
        EXECUTE format(
            'ALTER TABLE %I.%I ADD COLUMN alive boolean GENERATED ALWAYS AS'
            ' (CASE WHEN deleted_at IS NULL THEN true END) STORED, ADD UNIQUE (id, alive)',
            made.schema, made.table);
        EXECUTE format(
            'CREATE TRIGGER "EERP_follow" AFTER UPDATE OF deleted_at ON %I.%I'
            ' FOR EACH ROW WHEN ((OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))'
            ' EXECUTE FUNCTION eerp.follow_deletion()', made.schema, made.table);
    END LOOP;
    FOR made IN
        SELECT k.conname AS name, n.nspname AS schema, c.relname AS table,
               a.attname AS reference, k.confdeltype AS action,
               format('%I.%I', target_schema.nspname, target.relname) AS target
          FROM pg_constraint k
          JOIN pg_class c ON c.oid = k.conrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
          JOIN pg_class target ON target.oid = k.confrelid
          JOIN pg_namespace target_schema ON target_schema.oid = target.relnamespace
         WHERE k.contype = 'f' AND k.confdeltype IN ('r', 'c')
           AND cardinality(k.conkey) = 1
           AND n.nspname IN (SELECT module FROM eerp.module_migrations)
    LOOP
        constraint_name := CASE made.action WHEN 'c' THEN '_follow' ELSE '_alive' END;
        constraint_name := left(left(made.name, -11), 52 - length(constraint_name))
            || right(made.name, 11) || constraint_name;
        EXECUTE format(
            'ALTER TABLE %I.%I ADD CONSTRAINT %I FOREIGN KEY (%I, alive)'
            ' REFERENCES %s (id, alive)%s NOT VALID', made.schema, made.table,
            constraint_name, made.reference, made.target,
            CASE made.action WHEN 'c' THEN ' ON DELETE CASCADE' ELSE '' END);
        BEGIN
            EXECUTE format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I',
                           made.schema, made.table, constraint_name);
        EXCEPTION WHEN foreign_key_violation THEN
            RAISE WARNING 'live records of %.% refer to deleted ones by %',
                made.schema, made.table, made.reference;
        END;
    END LOOP;
END
$$;
